"use strict";
// Sections that open and close, contents that follow, figures drawn when they come near, the table of clinics.
(function () {
  var root = document.documentElement, printing = false;
  function all(selector) { return Array.from(document.querySelectorAll(selector)); }
  var plots = all("[data-figure]"), parts = all("details.part"), asked = [];

  // Figures: in the page's own colours and at the width of their place; again when either changes.
  function colour(name) { return getComputedStyle(root).getPropertyValue(name).trim(); }
  function dressed(place, layout) {
    var ink = printing ? "#333" : colour("--ink-soft"), grid = printing ? "#ddd" : colour("--line");
    var out = Object.assign({}, layout, { font: Object.assign({}, layout.font, { color: ink }) });
    Object.keys(out).forEach(function (key) {
      if (/^[xy]axis/.test(key)) out[key] = Object.assign({}, out[key], { gridcolor: grid, linecolor: grid });
    });
    var alone = place.closest(".alone"), high = layout.height || 340;
    out.width = printing ? (alone ? 672 : 328) : place.clientWidth; // A4 between its margins is 680 wide
    if (printing && high <= 360) out.height = alone ? 255 : 268;
    return out;
  }
  // what all figures of the page have alike is there once; the rest of each is laid over it
  function over(shared, own) {
    var out = Object.assign({}, shared, own);
    Object.keys(shared).forEach(function (key) {
      var inner = shared[key];
      if (inner && typeof inner === "object" && !Array.isArray(inner)) out[key] = over(inner, own[key] || {});
    });
    return out;
  }
  function read(id) { return JSON.parse(document.getElementById(id).textContent); }
  function draw(place) {
    if (!window.Plotly || !(printing || place.clientWidth)) return;
    var figure = over(read("figures-alike"), read("figure-" + place.dataset.figure));
    Plotly.react(place, figure.data, dressed(place, figure.layout), Object.assign({}, figure.config, { responsive: false }));
    place.drawn = place.clientWidth;
  }
  // one at a time, so that a page of many figures never stands still, and one that fails stops no other
  function next() {
    var place = asked.shift();
    if (!place) return;
    setTimeout(next, 0);
    draw(place);
  }
  var near = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (!entry.isIntersecting) return;
      near.unobserve(entry.target);
      asked.push(entry.target);
    });
    next();
  }, { rootMargin: "600px 0px" });
  var size = new ResizeObserver(function (entries) {
    entries.forEach(function (entry) {
      var place = entry.target;
      if (!printing && place.drawn && place.clientWidth && place.clientWidth !== place.drawn) draw(place);
    });
  });
  function watch() {
    plots.forEach(function (place) { near.observe(place); size.observe(place); });
  }
  document.addEventListener("DOMContentLoaded", watch);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
    plots.forEach(function (place) { if (place.drawn) draw(place); });
  });

  // Print: sections open but those for checkers, tables of figures closed, every figure drawn at once.
  var before = [];
  window.addEventListener("beforeprint", function () {
    if (printing) return;
    printing = true;
    before = all("details").map(function (one) { return [one, one.open]; });
    before.forEach(function (pair) {
      var kinds = pair[0].classList;
      pair[0].open = kinds.contains("part") ? !kinds.contains("checkers") : kinds.contains("long");
    });
    plots.forEach(function (place) {
      try { draw(place); } catch (error) { console.error(error); }
    });
  });
  window.addEventListener("afterprint", function () {
    printing = false;
    before.forEach(function (pair) { pair[0].open = pair[1]; });
    plots.forEach(function (place) {
      if (place.clientWidth) return draw(place);
      place.drawn = 0;
      near.observe(place);
    });
  });

  // Sections: a link opens the one that it leads into; one button opens or closes all.
  function reveal() {
    var target = location.hash && document.getElementById(location.hash.slice(1)), shut = false;
    for (var at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS" && !at.open) { at.open = true; shut = true; }
    }
    if (shut) target.scrollIntoView();
  }
  window.addEventListener("hashchange", reveal);
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest('a[href^="#"]');
    if (link) setTimeout(reveal, 0); // the hash may be the same as before, which is no change
  });
  document.addEventListener("DOMContentLoaded", reveal);
  var toggle = document.getElementById("open-all");
  if (toggle) {
    var told = function () {
      var open = parts.every(function (one) { return one.open; });
      toggle.textContent = open ? toggle.dataset.close : toggle.dataset.open;
      return open;
    };
    toggle.hidden = !parts.length;
    toggle.addEventListener("click", function () {
      var open = !told();
      parts.forEach(function (one) { one.open = open; });
    });
    parts.forEach(function (one) { one.addEventListener("toggle", told); });
    told();
  }

  // Contents: the section that is being read.
  var links = all(".contents a");
  var reading = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) { entry.target.read = entry.isIntersecting; });
    var now = all("main section").filter(function (one) { return one.read; })[0];
    links.forEach(function (link) {
      var here = Boolean(now) && now.querySelector(".inside").id === link.hash.slice(1);
      if (here === (link.getAttribute("aria-current") === "true")) return;
      if (here) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
      var list = link.closest("ol");
      if (here && list.scrollWidth > list.clientWidth) list.scrollLeft = link.offsetLeft - list.offsetLeft - 16;
    });
  }, { rootMargin: "-15% 0px -70% 0px" });
  if (links.length) all("main section").forEach(function (one) { reading.observe(one); });

  // The table of clinics: find one by its name, sort by name or by size.
  var table = document.getElementById("table-of-clinics");
  if (!table) return;
  var body = table.tBodies[0], search = document.getElementById("find-clinic");
  search.closest(".search").hidden = false;
  search.addEventListener("input", function () {
    var wanted = search.value.trim().toLocaleLowerCase(root.lang), found = 0;
    Array.from(body.rows).forEach(function (row) {
      row.hidden = !row.cells[0].textContent.toLocaleLowerCase(root.lang).includes(wanted);
      found += row.hidden ? 0 : 1;
    });
    document.getElementById("no-clinic").hidden = found > 0;
  });
  all("#table-of-clinics th[data-sort]").forEach(function (head) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", function () {
      var up = head.getAttribute("aria-sort") === "none" ? head.dataset.sort === "name" : head.getAttribute("aria-sort") === "descending";
      all("#table-of-clinics th[data-sort]").forEach(function (one) { one.setAttribute("aria-sort", "none"); });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      var sized = head.dataset.sort === "size";
      var rows = Array.from(body.rows).sort(function (one, other) {
        var order = sized ? one.dataset.size - other.dataset.size : 0;
        return (order || one.cells[0].textContent.localeCompare(other.cells[0].textContent, root.lang)) * (up ? 1 : -1);
      });
      body.append.apply(body, rows);
    });
  });
})();
