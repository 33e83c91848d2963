/* Keeps the files of the page, so that it works without a network after the first load. */
const NAME = "derive-studio-VERSION";
const FILES = FILES_OF_THE_PAGE;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES)).then(() => skipWaiting()));
});
addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) =>
    name.startsWith("derive-studio-") && name !== NAME).map((name) => caches.delete(name))))
    .then(() => clients.claim()));
});
addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  event.respondWith(caches.match(event.request, {ignoreSearch: true})
    .then((kept) => kept || fetch(event.request)));
});
