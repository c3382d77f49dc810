"use strict";
// Draw every figure in the page's own colours, again when the theme changes or the page is printed.
(function () {
  var figures = Array.from(document.querySelectorAll("[data-figure]"));
  var printing = false;
  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }
  function dressed(layout) {
    var ink = printing ? "#333" : colour("--ink-soft"), grid = printing ? "#ddd" : colour("--line");
    var out = Object.assign({}, layout, { font: Object.assign({}, layout.font, { color: ink }) });
    Object.keys(out).forEach(function (key) {
      if (/^[xy]axis/.test(key)) out[key] = Object.assign({}, out[key], { gridcolor: grid, linecolor: grid });
    });
    if (printing) Object.assign(out, { width: 640, height: Math.min(layout.height, 260) });
    return out;
  }
  function draw() {
    if (!window.Plotly) return;
    figures.forEach(function (place) {
      var figure = JSON.parse(document.getElementById("figure-" + place.dataset.figure).textContent);
      Plotly.react(place, figure.data, dressed(figure.layout), figure.config);
    });
  }
  draw();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  window.addEventListener("beforeprint", function () {
    printing = true;
    document.querySelectorAll("details").forEach(function (one) { one.open = one.classList.contains("long"); });
    draw();
  });
  window.addEventListener("afterprint", function () { printing = false; draw(); });
  var search = document.getElementById("search");
  if (search) search.addEventListener("input", function () {
    var wanted = search.value.toLocaleLowerCase(), found = 0;
    document.querySelectorAll("#clinics tbody tr").forEach(function (row) {
      row.hidden = !row.cells[0].textContent.toLocaleLowerCase().includes(wanted);
      found += row.hidden ? 0 : 1;
    });
    document.getElementById("none").hidden = found > 0;
  });
})();
