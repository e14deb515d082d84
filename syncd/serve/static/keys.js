// Keys for people who read much: all of it is also a link on the page.
"use strict";
document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input, select, textarea, [contenteditable]");
  if (field || event.ctrlKey || event.metaKey || event.altKey) return;
  const go = (way) => {
    const place = document.querySelector(`a[rel=${way}]`) ?? document.querySelector(`link[rel=${way}]`);
    if (place) location.href = place.href;
  };
  const papers = [...document.querySelectorAll("article")];
  const step = (by) => {
    const top = papers.findIndex((one) => one.getBoundingClientRect().top > 8);
    const here = by > 0 ? (top < 0 ? papers.length - 1 : top) : (top < 0 ? papers.length : top) - 1;
    const before = here > 0 && by < 0 && Math.abs(papers[here].getBoundingClientRect().top) < 8 ? here - 1 : here;
    const paper = papers[Math.max(before, 0)];
    paper?.scrollIntoView();
    paper?.querySelector("h2 a, h3 a")?.focus({ preventScroll: true });
  };
  if (event.key === "ArrowLeft" || event.key === "p") go("prev");
  else if (event.key === "ArrowRight" || event.key === "n") go("next");
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
  }
});
