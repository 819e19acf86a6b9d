"use strict";
// Everything on the page can be read without this: it adds sorting, filtering, copying and a crosshair.
(function () {
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const said = document.getElementById("said");
  const say = (text) => { said.textContent = text; };

  all(".needs-script").forEach((element) => { element.hidden = false; });

  // Sort a table by the column whose heading is pressed; again for the other direction.
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    const value = cell.dataset.value;
    if (value === undefined) return cell.textContent.trim().toLowerCase();
    return value === "" ? Infinity : Number(value);
  };
  all("table[data-sortable]").forEach((table) => {
    all("thead th:not([data-plain])", table).forEach((heading) => {
      const button = document.createElement("button");
      button.type = "button";
      while (heading.firstChild) button.append(heading.firstChild);
      heading.append(button);
      button.addEventListener("click", () => {
        const column = heading.cellIndex;
        const down = heading.getAttribute("aria-sort") === "ascending";
        all("thead th", table).forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        // The parts of a combined gate stay below their gate.
        const groups = [];
        Array.from(table.tBodies[0].rows).forEach((row) => {
          if (row.classList.contains("part") && groups.length) groups[groups.length - 1].push(row);
          else groups.push([row]);
        });
        groups.sort((left, right) => {
          const a = keyOf(left[0], column), b = keyOf(right[0], column);
          const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
          return down ? -order : order;
        });
        groups.forEach((group) => table.tBodies[0].append(...group));
        say("Sorted by " + button.textContent.trim() + (down ? ", descending" : ", ascending"));
      });
    });
  });

  // Show only what holds the text.
  all("input[data-filter]").forEach((input) => {
    const shown = document.querySelector("[data-shown]");
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      const items = all(input.dataset.filter);
      items.forEach((item) => { item.hidden = !item.textContent.toLowerCase().includes(wanted); });
      shown.textContent = wanted ? items.filter((item) => !item.hidden).length + " of " + items.length : "";
    });
  });
  all("input[data-only]").forEach((input) => {
    input.addEventListener("change", () => {
      all(input.dataset.only).forEach((row) => { row.hidden = input.checked; });
    });
  });

  // Copy a reproduction. A page opened from a file may have no clipboard API, so fall back on a selection.
  const select = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };
  all("button[data-copy]").forEach((button) => {
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      let copied = false;
      try {
        await navigator.clipboard.writeText(source.textContent);
        copied = true;
      } catch {
        select(source);
        copied = document.execCommand("copy");
      }
      button.textContent = copied ? "Copied" : "Press Ctrl+C";
      say(copied ? "Copied to the clipboard" : "Selected: press Ctrl+C");
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  });

  // A crosshair on the charts over time. The left and right edge of the plot are those of timeline.py.
  const [WIDTH, LEFT, RIGHT] = [960, 64, 944];
  const time = (seconds) => seconds >= 1 ? seconds.toPrecision(3) + " s" : (seconds * 1000).toPrecision(3) + " ms";
  all(".timeline").forEach((box) => {
    const columns = JSON.parse(document.getElementById(box.dataset.columns).textContent);
    const chart = box.querySelector("svg");
    const end = Math.max(...columns.map((column) => column.start + column.length));
    const tip = document.createElement("div");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    tip.className = "tip";
    tip.hidden = true;
    line.setAttribute("class", "cross");
    box.append(tip);
    box.addEventListener("pointermove", (event) => {
      const bounds = chart.getBoundingClientRect();
      const at = (((event.clientX - bounds.left) / bounds.width) * WIDTH - LEFT) / (RIGHT - LEFT) * end;
      const column = columns.find((each) => at >= each.start && at < each.start + each.length);
      tip.hidden = !column;
      if (!column) { line.remove(); return; }
      const x = LEFT + ((column.start + column.length / 2) / end) * (RIGHT - LEFT);
      ["x1", "x2"].forEach((name) => line.setAttribute(name, x));
      line.setAttribute("y1", 14);
      line.setAttribute("y2", 282);
      chart.append(line);
      tip.textContent = "second " + column.start + "\np50 " + time(column.p50) + "\np95 " + time(column.p95) +
        "\np99 " + time(column.p99) + "\nlongest " + time(column.maximum) + "\n" + column.rate.toFixed(0) + " per second" +
        (column.errors ? "\n" + column.errors + " errors" : "");
      const place = (x / WIDTH) * bounds.width;
      tip.style.left = (x > WIDTH * 0.7 ? place - tip.offsetWidth - 10 : place + 10) + "px";
    });
    box.addEventListener("pointerleave", () => { tip.hidden = true; line.remove(); });
  });

  // Paper has no folds.
  window.addEventListener("beforeprint", () => all("details").forEach((element) => { element.open = true; }));
})();
