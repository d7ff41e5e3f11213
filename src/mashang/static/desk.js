/* The desk while it is open: fresh counts, new rows, keys, ticking. Everything works without. */

"use strict";

(() => {
  const EVERY = 20000;
  const UNATTENDED = { "X-Unattended": "1" }; /* keeps no session alive by itself */
  const STILL = 5000; /* so long nobody has touched anything before the list changes by itself */
  const list = () => document.getElementById("list");
  const news = document.getElementById("news");
  const dialog = document.getElementById("keys");
  const title = document.title;

  function kept(name, value) {
    try {
      if (value !== undefined) window.localStorage.setItem(`desk:${name}`, value);
      return window.localStorage.getItem(`desk:${name}`);
    } catch (error) {
      return null;
    }
  }

  /* Ticking */

  const ticks = () => [...document.querySelectorAll("#list td.tick input")];
  const ticked = () => ticks().filter((box) => box.checked);

  function showTicked() {
    for (const box of ticks()) box.closest("tr").classList.toggle("ticked", box.checked);
    const number = document.querySelector("[data-ticked]");
    if (number) {
      number.textContent = ticked().length;
      number.hidden = !ticked().length;
    }
    const all = document.getElementById("tick-all");
    if (all) {
      all.hidden = false;
      all.checked = ticked().length > 0 && ticked().length === ticks().length;
      all.indeterminate = ticked().length > 0 && !all.checked;
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "tick-all") for (const box of ticks()) box.checked = event.target.checked;
    if (event.target.closest("#list")) showTicked();
  });

  /* Keys */

  const rows = () => [...document.querySelectorAll("#list tbody tr")];
  let at = null; /* the key of the row one is at: rows come and go */

  function here() {
    return rows().find((row) => row.dataset.key === at);
  }

  function go(step) {
    const all = rows();
    if (!all.length) return;
    const now = all.indexOf(here());
    const next = all[Math.min(Math.max(now + step, 0), all.length - 1)];
    for (const row of all) row.classList.toggle("at", row === next);
    at = next.dataset.key;
    next.querySelector("th a").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  function tick(row) {
    const box = row && row.querySelector("td.tick input");
    if (!box) return;
    box.checked = !box.checked;
    showTicked();
  }

  function start(move) {
    const form = document.getElementById("bulk");
    const choice = form && form.querySelector(`option[value=${move}]`);
    if (!choice) return;
    if (!ticked().length) tick(here());
    if (!ticked().length) return;
    choice.selected = true;
    form.requestSubmit();
  }

  const KEYS = {
    j: () => go(1),
    k: () => go(-1),
    x: () => tick(here()),
    a: () => start("assign"),
    n: () => start("note"),
    "/": () => document.getElementById("find").focus(),
    "?": () => dialog && dialog.showModal(),
    Enter: () => here() && here().querySelector("th a").click(),
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Enter" && event.target !== document.body) return;
    if (kept("keys") === "off" && event.key !== "?") return;
    const work = KEYS[event.key];
    if (!work) return;
    event.preventDefault();
    work();
  });

  if (dialog) {
    const button = document.getElementById("show-keys");
    const keys = document.getElementById("use-keys");
    const sound = document.getElementById("use-sound");
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
    keys.checked = kept("keys") !== "off";
    sound.checked = kept("sound") === "on";
    keys.addEventListener("change", () => kept("keys", keys.checked ? "on" : "off"));
    sound.addEventListener("change", () => {
      kept("sound", sound.checked ? "on" : "off");
      if (sound.checked) chime();
    });
  }

  /* A soft tone; the browser allows it once somebody has touched the page. */
  function chime() {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0.0001, context.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.08, context.currentTime + 0.05);
    volume.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + 0.6);
    tone.connect(volume).connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + 0.7);
    tone.onended = () => context.close();
  }

  /* Names of places and units while they are typed */

  let asked = 0;
  for (const field of document.querySelectorAll("[data-suggest]")) {
    const names = document.getElementById(field.dataset.suggest);
    field.addEventListener("input", () => {
      window.clearTimeout(asked);
      asked = window.setTimeout(async () => {
        const typed = field.value.trim();
        if (typed.length < 2) return;
        const query = new URLSearchParams({ of: field.dataset.suggest, q: typed });
        const answer = await fetch(`/desk/suggest?${query}`).catch(() => null);
        if (!answer || !answer.ok) return;
        names.replaceChildren(
          ...(await answer.json()).names.map((name) => Object.assign(document.createElement("option"), { value: name })),
        );
      }, 200);
    });
  }
  for (const form of document.querySelectorAll("#filters")) {
    /* Empty filters make long addresses. */
    form.addEventListener("formdata", (event) => {
      for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
    });
  }

  /* Live */

  if (!list() || !list().dataset.live) return;
  let tag = "";
  let touched = 0;
  let timer = 0;
  let waiting = new Set(); /* new cases that the list does not show yet */
  let marked = 0; /* new ones that it shows, until somebody is there to see them */
  function touch() {
    touched = Date.now();
    if (marked && !document.hidden) {
      marked = 0;
      say();
    }
  }
  for (const kind of ["pointermove", "pointerdown", "keydown", "scroll"]) {
    document.addEventListener(kind, touch, { passive: true });
  }

  function showCounts(counts) {
    for (const link of document.querySelectorAll("[data-queue]")) {
      const number = link.querySelector(".queue-count");
      const count = counts[link.dataset.queue];
      if (!number || count === undefined || number.textContent === String(count)) continue;
      number.textContent = count;
      number.toggleAttribute("data-none", !count);
      if (link.dataset.queue === "overdue") number.classList.toggle("hot", count > 0);
      number.classList.add("changed");
      window.setTimeout(() => number.classList.remove("changed"), 4000);
    }
    for (const total of document.querySelectorAll("[data-total]")) {
      if (counts[total.dataset.total] !== undefined) total.textContent = counts[total.dataset.total];
    }
  }

  function say() {
    const number = waiting.size + marked;
    document.title = number ? `(${number}) ${title}` : title;
    if (!waiting.size) {
      news.replaceChildren();
      return;
    }
    const words = waiting.size === 1 ? news.dataset.one : news.dataset.many.replace("{count}", waiting.size);
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: `${words} · ${news.dataset.show}` });
    button.addEventListener("click", refresh);
    news.replaceChildren(button);
  }

  /* The list anew, as the server writes it; what is new in it is marked. */
  async function refresh() {
    const answer = await fetch(window.location.href, { headers: { Accept: "text/html", ...UNATTENDED } }).catch(() => null);
    if (!answer || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("list");
    if (!fresh) return;
    const before = new Set(ticked().map((box) => box.closest("tr").dataset.key));
    for (const row of fresh.querySelectorAll("tbody tr")) {
      if (waiting.has(row.dataset.key)) {
        row.classList.add("new");
        row.querySelector(".where").dataset.new = news.dataset.new;
      }
      const box = row.querySelector("td.tick input");
      if (box && before.has(row.dataset.key)) box.checked = true;
    }
    list().replaceWith(document.adoptNode(fresh));
    if (here()) here().classList.add("at");
    showTicked();
    marked += waiting.size;
    waiting = new Set();
    say();
  }

  async function look() {
    const headers = tag ? { "If-None-Match": tag, ...UNATTENDED } : UNATTENDED;
    const answer = await fetch(list().dataset.live, { headers, cache: "no-store", redirect: "manual" }).catch(() => null);
    if (!answer || answer.status === 304) return;
    if (answer.type === "opaqueredirect") {
      news.textContent = news.dataset.lost;
      window.clearInterval(timer);
      return;
    }
    if (!answer.ok) return;
    tag = answer.headers.get("ETag") || "";
    const found = await answer.json();
    showCounts(found.counts);
    if (list().dataset.firstPage === undefined) return;
    const shown = new Map(rows().map((row) => [row.dataset.key, row.dataset.version]));
    const known = waiting.size;
    for (const [key] of found.rows) if (!shown.has(String(key))) waiting.add(String(key));
    if (waiting.size > known && kept("sound") === "on") chime();
    const differs = found.rows.length !== shown.size || found.rows.some(([key, version]) => shown.get(String(key)) !== String(version));
    const quiet = Date.now() - touched > STILL && !ticked().length && !dialog.open && !document.querySelector(".folds details[open]");
    if (differs && quiet) await refresh();
    else say();
  }

  function follow() {
    window.clearInterval(timer);
    if (document.hidden) return;
    timer = window.setInterval(look, EVERY);
  }

  document.addEventListener("visibilitychange", () => {
    follow();
    if (!document.hidden) look();
  });
  showTicked();
  follow();
})();
