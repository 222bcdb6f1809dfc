// @ts-check
// Shows a message of ours while no page is open, and leads to where it is answered.
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("push", (event) => {
  const said = event.data?.json();
  event.waitUntil(
    worker.registration.showNotification(said.title, {
      body: said.body,
      // The same message sent again takes the place of the first.
      tag: said.tag,
      lang: said.lang,
      requireInteraction: said.link !== "",
      data: { link: said.link },
    }),
  );
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = event.notification.data.link;
  if (link) event.waitUntil(worker.clients.openWindow(link));
});
