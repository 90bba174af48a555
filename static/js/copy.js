// Buttons that copy or share a link, or print. Without script they stay hidden; the text is on the page.
// <button type="button" hidden data-copy="text" data-done="Copied">Copy the link</button>
// <button type="button" hidden data-share="https://…" data-text="words before it">Share</button>
// <button type="button" hidden data-print>Print the list</button>
// data-copy="#id" copies what stands in that field or element.
"use strict";

function textOf(button) {
  const wanted = button.dataset.copy;
  if (!wanted.startsWith("#")) return wanted;
  const source = document.querySelector(wanted);
  return "value" in source ? source.value : source.textContent.trim();
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // a page without https has no clipboard: the old way, through a field
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "vh";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("not copied");
}

function say(button, face) {
  button.textContent = button.dataset.done || "✓";
  setTimeout(() => button.replaceChildren(...face), 2500);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const face = [...button.childNodes];
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    const text = textOf(button);
    try {
      await copy(text);
      say(button, face);
    } catch {
      window.prompt(button.textContent.trim(), text);
    }
  });
}

for (const button of document.querySelectorAll("[data-share]")) {
  button.hidden = !navigator.share;
  button.addEventListener("click", () => {
    // closing the share sheet is no error
    navigator.share({ text: button.dataset.text || "", url: button.dataset.share }).catch(() => {});
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
