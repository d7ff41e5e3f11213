/* Helps on the resident's pages. Everything works without it. */
"use strict";

(() => {
  const DRAFT_PREFIX = "mashang:draft:";
  const SUBMITTED = "mashang:submitted";
  const DRAFT_KEPT_FOR = 24 * 60 * 60 * 1000;
  const MOST_PHOTOS = 9;
  const PHOTO_SIDE = 2048;
  const SMALL_ENOUGH = 600 * 1024;
  const LONGEST_VOICE = 60;

  const one = (selector, inside) => (inside || document).querySelector(selector);
  const all = (selector, inside) => [...(inside || document).querySelectorAll(selector)];

  /* Storage may be switched off or full: then there is no draft, and all else goes on. */
  const storage = {
    get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* none */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* none */ } },
    keys() { try { return Object.keys(localStorage); } catch { return []; } },
  };

  function forgetOldDrafts() {
    for (const key of storage.keys().filter((name) => name.startsWith(DRAFT_PREFIX))) {
      const draft = storage.get(key);
      if (!draft || Date.now() - draft.at > DRAFT_KEPT_FOR) storage.drop(key);
    }
  }

  /* The draft holds the form's token: what is sent again after a lost connection is one case. */
  function keepDraft(form) {
    const key = DRAFT_PREFIX + location.pathname;
    const kept = (field) => field.name && field.type !== "file" && field.name !== "drop";
    const fields = () => all("input, textarea", form).filter(kept);
    const asSent = all(".problems, #problems", form).length > 0;

    function save() {
      const values = {};
      for (const field of fields()) {
        if (field.type === "checkbox") values[field.name] = field.checked;
        else if (field.type !== "radio") values[field.name] = field.value;
        else if (field.checked) values[field.name] = field.value;
      }
      storage.set(key, { at: Date.now(), values });
    }

    function restore(values) {
      if (values.kept && !one("[name=kept]", form)) {
        form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "kept", value: "1" }));
      }
      for (const field of fields()) {
        if (!(field.name in values)) continue;
        if (field.type === "checkbox") field.checked = values[field.name];
        else if (field.type === "radio") field.checked = values[field.name] === field.value;
        else field.value = values[field.name];
      }
    }

    const draft = storage.get(key);
    if (asSent) {
      save();
    } else if (draft && ["text", "name", "phone"].some((name) => draft.values[name])) {
      restore(draft.values);
      const note = Object.assign(document.createElement("p"), { className: "notice" });
      note.setAttribute("role", "status");
      const clear = Object.assign(document.createElement("button"), {
        type: "button", className: "plainlink", textContent: form.dataset.clear,
      });
      clear.addEventListener("click", () => { storage.drop(key); location.reload(); });
      note.append(form.dataset.restored, " ", clear);
      form.prepend(note);
      all("textarea", form).forEach((area) => area.dispatchEvent(new Event("input")));
    }
    one("[data-draft-note]", form).hidden = false;
    let waiting = 0;
    const now = () => { clearTimeout(waiting); waiting = 0; save(); };
    const later = () => { clearTimeout(waiting); waiting = setTimeout(now, 300); };
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    addEventListener("pagehide", () => { if (waiting) now(); });
    form.addEventListener("submit", () => { now(); storage.set(SUBMITTED, key); });
  }

  function dropSentDraft() {
    const key = storage.get(SUBMITTED);
    if (key) storage.drop(key);
    storage.drop(SUBMITTED);
  }

  /* One tap sends once; coming back to the page makes the button work again. */
  function sendOnce(form) {
    const buttons = () => all("button:not([type=button])", form);
    const words = new Map();

    function rest() {
      delete form.dataset.sent;
      for (const [button, text] of words) { button.disabled = false; button.textContent = text; }
      words.clear();
    }

    form.addEventListener("submit", (event) => {
      if (form.dataset.sent || form.dataset.busy) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      const pressed = event.submitter || buttons()[0];
      /* Disabled only after the browser has gathered the form, the pressed button's value included. */
      setTimeout(() => {
        for (const button of buttons()) { words.set(button, button.textContent); button.disabled = true; }
        if (pressed) pressed.textContent = form.dataset.sending || form.dataset.once;
      });
      setTimeout(rest, 60000);
    });
    addEventListener("pageshow", rest);
  }

  function countCharacters(area) {
    const count = one("[data-count]", area.parentElement);
    const most = Number(area.dataset.most);
    const show = () => {
      const length = [...area.value.trim()].length;
      count.textContent = `${length} / ${most}`;
      count.hidden = length === 0;
      count.classList.toggle("over", length > most);
    };
    area.addEventListener("input", show);
    show();
  }

  function give(input, files) {
    const transfer = new DataTransfer();
    files.forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
  }

  async function shrink(file) {
    if (file.size <= SMALL_ENOUGH || !window.createImageBitmap) return file;
    try {
      const image = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, PHOTO_SIDE / Math.max(image.width, image.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * scale);
      canvas.height = Math.round(image.height * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      image.close();
      const small = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
      if (!small || small.size >= file.size) return file;
      return new File([small], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
    } catch {
      return file;
    }
  }

  /* Choosing again adds to what was chosen; each photo is shown and can be taken out. */
  function choosePhotos(part) {
    const form = part.closest("form");
    const input = one("input[type=file]", part);
    const list = one("[data-previews]", part);
    const problem = one("[data-photo-problem]", part);
    const kept = all("[name=drop]", part).length;
    let chosen = [];
    try { give(input, []); } catch { return; }
    input.classList.add("visually-hidden");
    one("[data-choose]", part).hidden = false;

    function show() {
      all("img", list).forEach((image) => URL.revokeObjectURL(image.src));
      list.replaceChildren(...chosen.map((file, place) => {
        const item = document.createElement("li");
        const image = Object.assign(document.createElement("img"), { alt: file.name, src: URL.createObjectURL(file) });
        const remove = Object.assign(document.createElement("button"), {
          type: "button", className: "plainlink", textContent: form.dataset.remove,
        });
        remove.setAttribute("aria-label", `${form.dataset.remove} ${place + 1}`);
        remove.addEventListener("click", () => { chosen.splice(place, 1); use(); });
        item.append(image, remove);
        return item;
      }));
      list.className = "photos previews";
      list.hidden = chosen.length === 0;
    }

    function use() { give(input, chosen); show(); }

    let working = 0;
    input.addEventListener("change", async () => {
      const added = [...input.files];
      const button = all("button:not([type=button])", form).pop();
      if (!working) button.dataset.words = button.textContent;
      working += 1;
      form.dataset.busy = "1";
      button.disabled = true;
      button.textContent = form.dataset.shrinking;
      const ready = [];
      for (const file of added) ready.push(await shrink(file));
      const most = Math.max(0, MOST_PHOTOS - kept);
      problem.hidden = chosen.length + ready.length <= most;
      problem.textContent = form.dataset.tooMany;
      chosen = [...chosen, ...ready].slice(0, most);
      use();
      working -= 1;
      if (working) return;
      delete form.dataset.busy;
      button.disabled = false;
      button.textContent = button.dataset.words;
    });
  }

  function recordVoice(part) {
    const input = one("input[type=file]", part);
    const [start, stop, remove] = ["record", "stop", "delete"].map((name) => one(`[data-${name}]`, part));
    const [seconds, playback] = [one("[data-seconds]", part), one("[data-playback]", part)];
    const problem = one("[data-voice-problem]", part);
    const can = window.MediaRecorder && navigator.mediaDevices && navigator.mediaDevices.getUserMedia;
    try { if (can) give(input, []); else return; } catch { return; }
    one("[data-recorder]", part).hidden = false;
    input.hidden = true;
    let recorder = null;
    let ticking = 0;

    function finish() {
      clearInterval(ticking);
      recorder.stream.getTracks().forEach((track) => track.stop());
      seconds.textContent = "";
      start.hidden = true;
      stop.hidden = true;
      remove.hidden = false;
    }

    start.addEventListener("click", async () => {
      problem.hidden = true;
      let stream;
      try {
        stream = await navigator.mediaDevices.getUserMedia({ audio: true });
        recorder = new MediaRecorder(stream, { audioBitsPerSecond: 32000 });
      } catch {
        problem.hidden = false;
        input.hidden = false;
        return;
      }
      const pieces = [];
      recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
      recorder.addEventListener("stop", () => {
        const type = recorder.mimeType.split(";")[0] || "audio/webm";
        const blob = new Blob(pieces, { type });
        give(input, [new File([blob], `voice.${type.split("/")[1]}`, { type })]);
        playback.src = URL.createObjectURL(blob);
        playback.hidden = false;
        finish();
      });
      recorder.start();
      start.hidden = true;
      stop.hidden = false;
      let left = LONGEST_VOICE;
      seconds.textContent = `${left} s`;
      ticking = setInterval(() => {
        left -= 1;
        seconds.textContent = `${left} s`;
        if (left <= 0) recorder.stop();
      }, 1000);
    });
    stop.addEventListener("click", () => recorder.stop());
    remove.addEventListener("click", () => {
      give(input, []);
      URL.revokeObjectURL(playback.src);
      playback.removeAttribute("src");
      playback.hidden = true;
      remove.hidden = true;
      start.hidden = false;
    });
  }

  forgetOldDrafts();
  all("[data-most]").forEach(countCharacters);
  all("[data-photos]").forEach(choosePhotos);
  all("[data-voice]").forEach(recordVoice);
  all("form[data-report]").forEach(keepDraft);
  all("form[data-report], form[data-once]").forEach(sendOnce);
  if (one("[data-receipt]")) dropSentDraft();
  const problems = one("#problems");
  if (problems) problems.focus();
})();
