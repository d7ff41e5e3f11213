/* Shows what the city pushes to this browser. It holds nothing and asks the server for nothing. */

"use strict";

self.addEventListener("push", (event) => {
  let text = "";
  try {
    text = String(event.data.json().text);
  } catch (error) {
    return; /* not one of ours */
  }
  event.waitUntil(self.registration.showNotification("码上办", { body: text, lang: "zh-CN" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/desk"));
});
