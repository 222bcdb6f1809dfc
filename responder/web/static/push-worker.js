// Shows a message of ours while no page is open, and leads to where it is answered.
self.addEventListener("push", (event) => {
  const said = event.data.json();
  event.waitUntil(
    self.registration.showNotification(said.title, {
      body: said.body,
      // The same message sent again takes the place of the first.
      tag: said.tag,
      lang: said.lang,
      requireInteraction: said.link !== "",
      data: { link: said.link },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = event.notification.data.link;
  if (link) event.waitUntil(self.clients.openWindow(link));
});
