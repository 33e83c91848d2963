/* Keeps the files of the page, so that it works without a network after the first load. */
const OURS = `derive-studio ${registration.scope} `; /* other folders keep their own */
const NAME = OURS + "VERSION";
const FILES = FILES_OF_THE_PAGE;

addEventListener("install", (event) => {
  const files = FILES.map((file) => new Request(file, {cache: "no-cache"}));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(files)).then(() => skipWaiting()));
});
addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) =>
    name.startsWith(OURS) && name !== NAME).map((name) => caches.delete(name))))
    .then(() => clients.claim()));
});
addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  event.respondWith(caches.open(NAME)
    .then((cache) => cache.match(event.request, {ignoreSearch: true}))
    .then((kept) => kept || fetch(event.request)));
});
