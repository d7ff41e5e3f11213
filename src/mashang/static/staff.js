/* Keeps what a cadre types until it has arrived. Pages work without it. */

"use strict";

const PREFIX = "draft:";

function textFields(form) {
  return form.querySelectorAll("textarea[name], input[type=text][name], input[type=number][name]");
}

function stored(work) {
  try {
    return work(window.localStorage);
  } catch (error) {
    return null; /* private windows have no storage */
  }
}

function keep(form) {
  const words = {};
  for (const field of textFields(form)) if (field.value) words[field.name] = field.value;
  stored((storage) => storage.setItem(PREFIX + form.dataset.draft, JSON.stringify(words)));
}

function restore(form) {
  const kept = stored((storage) => storage.getItem(PREFIX + form.dataset.draft));
  if (!kept) return;
  const words = JSON.parse(kept);
  let restored = false;
  for (const field of textFields(form)) {
    if (!field.value && words[field.name]) {
      field.value = words[field.name];
      restored = true;
    }
  }
  if (!restored) return;
  for (let fold = form.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}

/* The page after a move that was made says so in the class of its message. */
function forgetSent() {
  for (const message of document.querySelectorAll(".messages [class*='sent-']")) {
    for (const name of message.classList) {
      if (!name.startsWith("sent-")) continue;
      const draft = name.slice("sent-".length);
      stored((storage) => storage.removeItem(PREFIX + draft));
      stored((storage) => storage.removeItem(PREFIX + draft.replace(/-contact_.*$/, "-contact")));
    }
  }
}

forgetSent();
for (const form of document.querySelectorAll("form[data-draft]")) {
  restore(form);
  form.addEventListener("input", () => keep(form));
}
/* A form that brings a file leaves its page as it is, and may be sent again. */
for (const form of document.querySelectorAll("form[method=post]:not([data-download])")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sending) event.preventDefault();
    form.dataset.sending = "yes";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
});

/* On a narrow screen the navigation is one line: the entry one is at is brought into view. */
const here = document.querySelector(".entries [aria-current]");
if (here) {
  const line = here.closest("ul");
  line.scrollLeft = here.offsetLeft - line.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;
}

/* A prepared sentence goes into its box at once; without this file the page is loaded with it. */
for (const sentence of document.querySelectorAll("a[data-fill]")) {
  sentence.addEventListener("click", (event) => {
    const box = document.getElementById(sentence.dataset.fill);
    if (!box) return;
    event.preventDefault();
    box.value = sentence.textContent.trim();
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  });
}

/* A suggestion that was tapped is chosen in its list; without this file the page is loaded so. */
for (const choice of document.querySelectorAll("a[data-choose]")) {
  choice.addEventListener("click", (event) => {
    const list = document.getElementById(choice.dataset.choose);
    if (!list) return;
    event.preventDefault();
    list.value = choice.dataset.value;
    list.dispatchEvent(new Event("input", { bubbles: true }));
    list.focus();
  });
}

/* What was written is looked at when its box is left; without this file a button asks for it. */
async function look(box, panel) {
  const typed = new FormData(box.form);
  for (const field of [...typed.keys()]) if (typed.get(field) instanceof File) typed.delete(field);
  typed.set("look", "1");
  const answer = await fetch(box.form.action, { method: "POST", body: typed });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(panel.id);
  if (fresh) panel.querySelector("[role=status]").replaceChildren(...fresh.querySelector("[role=status]").childNodes);
}
for (const panel of document.querySelectorAll("[data-look]")) {
  const box = document.getElementById(panel.dataset.look);
  if (box) box.addEventListener("change", () => look(box, panel).catch(() => {}));
}

/* Escape closes an enlarged photo, as its link does. */
document.addEventListener("keydown", (event) => {
  const close = event.key === "Escape" && document.querySelector(".enlarged:target .enlarged-close");
  if (close) close.click();
});

/* Paper is at hand where there is a printer; without this file the browser's menu prints. */
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

/* On a narrow screen the navigation is one line that moves sideways: begin where one is. */
const current = document.querySelector(".entries [aria-current]");
if (current) current.scrollIntoView({ block: "nearest", inline: "center" });
