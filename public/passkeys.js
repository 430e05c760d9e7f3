// Passkeys: <form data-passkey="create|get"> asks the authenticator with the options of its hidden entry and sends what it
// says in the same entry. Pages without this script say that they need it, and offer a code instead.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const base64 = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const keys = (list) => (list ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

// JSON is read and written by hand: parseCreationOptionsFromJSON and toJSON are not in older browsers, and toJSON fails on
// what some password managers hand out in place of a credential.
const said = ({ id }, response) => ({ id, rawId: id, type: "public-key", extensions: {}, response });

const create = async (asked) => {
  const user = { ...asked.user, id: bytes(asked.user.id) };
  const excludeCredentials = keys(asked.excludeCredentials);
  const publicKey = { ...asked, challenge: bytes(asked.challenge), user, excludeCredentials };
  const made = await navigator.credentials.create({ publicKey });
  return said(made, {
    clientDataJSON: base64(made.response.clientDataJSON),
    attestationObject: base64(made.response.attestationObject),
  });
};

const get = async (asked) => {
  const publicKey = { ...asked, challenge: bytes(asked.challenge), allowCredentials: keys(asked.allowCredentials) };
  const used = await navigator.credentials.get({ publicKey });
  return said(used, {
    clientDataJSON: base64(used.response.clientDataJSON),
    authenticatorData: base64(used.response.authenticatorData),
    signature: base64(used.response.signature),
    userHandle: used.response.userHandle ? base64(used.response.userHandle) : null,
  });
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const entry = form.querySelector("[data-options]");
  const says = form.querySelector("[data-passkey-says]");
  const button = form.querySelector("[data-passkey-button]");
  if (!entry || !button) continue;
  if (!window.PublicKeyCredential) {
    says.textContent = "This browser has no passkeys. Use a code instead.";
    continue;
  }
  says.textContent = "";
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    says.textContent = "Waiting for your device…";
    try {
      const ask = form.dataset.passkey === "create" ? create : get;
      const credential = await ask(JSON.parse(entry.dataset.options));
      entry.value = JSON.stringify({ state: entry.dataset.state, credential });
      form.requestSubmit();
    } catch (error) {
      says.textContent =
        error.name === "InvalidStateError" ? "This device has a passkey for you already." : "Nothing was sent. Try again.";
      button.disabled = false;
    }
  });
}
