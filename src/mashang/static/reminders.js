/* Subscribes this browser to the desk's notifications, and sends the form with what it was given. */

"use strict";

(() => {
  const form = document.getElementById("push");
  const problem = document.getElementById("push-problem");
  if (!form) return;

  function say(words) {
    problem.textContent = words;
    problem.hidden = !words;
  }

  function bytes(text) {
    const raw = window.atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
  }

  function text(buffer) {
    const raw = String.fromCharCode(...new Uint8Array(buffer));
    return window.btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  async function active(registration) {
    const worker = registration.installing || registration.waiting;
    if (registration.active || !worker) return;
    await new Promise((done) => {
      worker.addEventListener("statechange", () => worker.state === "activated" && done());
    });
  }

  async function subscribe() {
    const registration = await navigator.serviceWorker.register(form.dataset.worker);
    await active(registration);
    const before = await registration.pushManager.getSubscription();
    if (before) await before.unsubscribe(); /* perhaps made for a key of before */
    const key = bytes(form.dataset.key);
    return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }

  /* A push service that the network does not reach is waited for without end by some browsers. */
  function late() {
    return new Promise((_done, fail) => window.setTimeout(() => fail(new Error("late")), 15000));
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation(); /* the page's own script would take it for sent */
    say("");
    if (!("serviceWorker" in navigator) || !("PushManager" in window)) return say(form.dataset.missing);
    if ((await Notification.requestPermission()) !== "granted") return say(form.dataset.refused);
    let made;
    try {
      made = await Promise.race([subscribe(), late()]);
    } catch (error) {
      return say(form.dataset.failed);
    }
    form.elements["push-endpoint"].value = made.endpoint;
    form.elements["push-p256dh"].value = text(made.getKey("p256dh"));
    form.elements["push-auth"].value = text(made.getKey("auth"));
    return form.submit();
  }, true);
})();
