// Shows a preview while the author types, and asks before what was typed is left behind. The page does all its work without this.
"use strict";

const form = document.getElementById("editor");
const preview = document.getElementById("preview");

if (form && preview) {
  let timer;
  let sequence = 0;
  let changed = false;

  async function show() {
    const mine = ++sequence;
    const body = new URLSearchParams(new FormData(form));
    body.set("action", "live");
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body });
      const isPreview = answer.ok || answer.status === 422;
      // A later preview may have come before this one.
      if (mine === sequence && isPreview) preview.innerHTML = await answer.text();
    } catch {
      // Without a connection the last preview stays.
    }
  }

  form.addEventListener("input", () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(show, 500);
  });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}
