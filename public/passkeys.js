// Passkeys: <form data-passkey="create|get"> asks the authenticator and sends what it says in its hidden entry
// [data-challenge]. Pages without this script say that they need it, and offer a code instead.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const base64 = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const create = async ({ challenge, rp, user, name, known, algorithms }) => {
  const { id, response } = await navigator.credentials.create({
    publicKey: {
      challenge: new TextEncoder().encode(challenge),
      rp: { id: rp, name: "LedgerOS" },
      user: { id: new TextEncoder().encode(user), name, displayName: name },
      pubKeyCredParams: algorithms.split(" ").map((alg) => ({ type: "public-key", alg: Number(alg) })),
      excludeCredentials: known.split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) })),
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
      timeout: 300000,
    },
  });
  return {
    id,
    clientDataJSON: base64(response.clientDataJSON),
    attestationObject: base64(response.attestationObject),
  };
};

const get = async ({ challenge, rp }) => {
  const { id, response } = await navigator.credentials.get({
    publicKey: {
      challenge: new TextEncoder().encode(challenge),
      rpId: rp,
      userVerification: "required",
      timeout: 300000,
    },
  });
  return {
    id,
    clientDataJSON: base64(response.clientDataJSON),
    authenticatorData: base64(response.authenticatorData),
    signature: base64(response.signature),
    userHandle: response.userHandle ? base64(response.userHandle) : null,
  };
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const entry = form.querySelector("[data-challenge]");
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
      entry.value = JSON.stringify(await ask(entry.dataset));
      form.requestSubmit();
    } catch (error) {
      says.textContent =
        error.name === "InvalidStateError" ? "This device has a passkey for you already." : "Nothing was sent. Try again.";
      button.disabled = false;
    }
  });
}
