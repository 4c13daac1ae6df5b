// Shows the titles of pages under each search box while a visitor types.
"use strict";

document.querySelectorAll('input[type="search"][name="q"]').forEach((field, number) => {
  const list = document.createElement("datalist");
  list.id = `suggestions-${number}`;
  field.after(list);
  field.setAttribute("list", list.id);

  let pages = new Map();
  let waiting;
  let asked;

  const ask = async () => {
    const typed = field.value.trim();
    asked?.abort();
    if (typed.length < 2) {
      list.replaceChildren();
      return;
    }
    asked = new AbortController();
    try {
      const answer = await fetch(`/suggest.json?q=${encodeURIComponent(typed)}`, { signal: asked.signal });
      const found = answer.ok ? await answer.json() : [];
      pages = new Map(found.map((page) => [page.title, page.path]));
      list.replaceChildren(...found.map((page) => new Option(page.title, page.title)));
    } catch {
      // A newer question took its place, or the network is away: the search box works without suggestions.
    }
  };

  field.addEventListener("input", (event) => {
    // Picking a suggestion is an input that types nothing.
    if (pages.has(field.value) && !(event instanceof InputEvent && event.inputType?.startsWith("insertText"))) {
      window.location.assign(pages.get(field.value));
      return;
    }
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120);
  });
});
