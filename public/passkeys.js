// Passkeys: <form data-passkey="create|get"> asks the authenticator with the options of its hidden entry and sends what it
// says in the same entry. Pages without this script say that they need it, and offer a code instead.
"use strict";

const ask = async (kind, options) => {
  const asked = JSON.parse(options);
  return kind === "create"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const entry = form.querySelector("[data-options]");
  const says = form.querySelector("[data-passkey-says]");
  const button = form.querySelector("[data-passkey-button]");
  if (!entry || !button) continue;
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    says.textContent = "This browser has no passkeys that work here. Use a code instead.";
    continue;
  }
  says.textContent = "";
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    says.textContent = "Waiting for your device…";
    try {
      const credential = await ask(form.dataset.passkey, entry.dataset.options);
      entry.value = JSON.stringify({ state: entry.dataset.state, credential });
      form.requestSubmit();
    } catch (error) {
      says.textContent =
        error.name === "InvalidStateError" ? "This device has a passkey for you already." : "Nothing was sent. Try again.";
      button.disabled = false;
    }
  });
}
