"use strict";
/* Looking closer: zoom, what is under the pointer, and picking a run. All it shows stands on the
   page already; text is only ever set as text. */
(() => {
  const words = (ms) => {
    const size = Math.abs(ms);
    return size < 1 ? `${ms.toFixed(3)} ms` : size < 100 ? `${ms.toFixed(1)} ms`
      : size < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(3)} s`;
  };
  const make = (parent, name, className, text) => {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text || "";
    parent.append(element);
    return element;
  };

  /* ---- Timelines ---- */

  const stepOf = (span) => {
    const raw = span / 8;
    const power = 10 ** Math.floor(Math.log10(raw));
    const digit = raw / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
  };

  const readMarks = (svg) => {
    const scale = svg.querySelector(".scale").dataset.scale.split(" ").map(Number);
    const [low, high, height, padding, calm, others] = scale;
    const marks = [];
    for (const path of svg.querySelectorAll(".m")) {
      const counts = path.dataset.n.split(" ");
      const outcome = [...path.classList].find((name) => name.startsWith("o-")).slice(2);
      path.getAttribute("d").split("M").slice(1).forEach((point, index) => {
        const [x, rest] = point.split(" ");
        const [top, length] = rest.split(/[hv]/).map(Number);
        const y = top + length / 2;
        const share = (height - padding - y) / (height - 2 * padding);
        const latency = low * (high / low) ** share;
        const cell = ["ok", "answered_4xx"].includes(outcome) ? calm : others;
        marks.push({ x: Number(x), y, latency, cell, outcome, node: path.dataset.node,
          count: Number(counts[index]) });
      });
    }
    return marks;
  };

  /* null: nobody knows, or there is too much to tell. */
  const stateAt = (changes, at) => {
    if (changes === null) { return ""; }
    const now = changes.filter(([from]) => from <= at).pop();
    return now === undefined ? " is able" : ` is ${now[1]}${now[2] ? ` (${now[2]})` : ""}`;
  };
  const beliefAt = (changes, at, clients) => {
    if (changes === null) { return ""; }
    const now = new Map();
    for (const [from, state, why, client] of changes) {
      if (from <= at) { now.set(client, [state, why]); }
    }
    if (clients > 1) {
      const out = [...now.values()].filter(([state]) => state !== "healthy").length;
      return `; believed failed by ${out} of ${clients} clients`;
    }
    const [state, why] = now.get(0) || ["healthy", ""];
    return `; believed ${state}${why ? ` (${why})` : ""}`;
  };

  const timeline = (figure) => {
    const whole = { from: Number(figure.dataset.from), span: Number(figure.dataset.span) };
    const least = 0.05;
    let view = { ...whole };
    const svgs = [...figure.querySelectorAll(".track > svg")];
    const plot = figure.querySelector(".row-marks svg");
    const lanes = [...figure.querySelectorAll(".lane-data")].map((element) => ({
      node: element.dataset.node, clients: Number(element.dataset.clients),
      states: JSON.parse(element.dataset.states),
      believed: JSON.parse(element.dataset.believed) }));
    const tracks = [...figure.querySelectorAll(".track")].filter((track) => track.querySelector("svg"));
    const probe = figure.querySelector(".probe");
    const cursors = tracks.map((track) => make(track, "span", "cursor"));
    const selections = tracks.map((track) => make(track, "span", "selection"));
    let marks = null;
    let pressed = null;

    const hide = (list) => list.forEach((element) => { element.hidden = true; });
    const outside = (element) => {
      const at = parseFloat(element.style.getPropertyValue("--t"));
      const long = parseFloat(element.style.getPropertyValue("--w")) || 0;
      return at + long < view.from || at > view.from + view.span;
    };
    const ticks = (track) => {
      track.textContent = "";
      const step = stepOf(view.span);
      const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step / 1000))));
      for (let at = Math.ceil(view.from / step) * step; at <= view.from + view.span; at += step) {
        const tick = make(track, "span", "at tick", `${(at / 1000).toFixed(digits)} s`);
        tick.style.setProperty("--t", at);
        tick.classList.toggle("left-of", at + step / 2 > view.from + view.span);
      }
    };
    const show = (from, span) => {
      span = Math.max(least, Math.min(span, whole.span));
      from = Math.max(whole.from, Math.min(from, whole.from + whole.span - span));
      view = { from, span };
      figure.style.setProperty("--from", from);
      figure.style.setProperty("--span", span);
      for (const svg of svgs) {
        const box = svg.viewBox.baseVal;
        svg.setAttribute("viewBox", `${from} 0 ${span} ${box.height}`);
      }
      figure.querySelectorAll(".axis .track").forEach(ticks);
      for (const element of figure.querySelectorAll(".tag.at, .bracket")) {
        element.hidden = outside(element);
        const at = parseFloat(element.style.getPropertyValue("--t"));
        element.classList.toggle("left-of", (at - from) / span > 0.6);
      }
    };
    const scale = (factor) => show(view.from + view.span * (1 - factor) / 2, view.span * factor);

    const timeAt = (event) => {
      const box = tracks[0].getBoundingClientRect();
      const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
      return view.from + share * view.span;
    };
    const nearest = (event, at) => {
      marks = marks || readMarks(plot);
      const box = plot.getBoundingClientRect();
      if (event.clientY < box.top || event.clientY > box.bottom) { return null; }
      let best = null;
      let least2 = 15 * 15;
      for (const mark of marks) {
        const dx = (mark.x - at) / view.span * box.width;
        const dy = mark.y - (event.clientY - box.top);
        if (dx * dx + dy * dy < least2) { least2 = dx * dx + dy * dy; best = mark; }
      }
      return best;
    };
    const tell = (event) => {
      const at = timeAt(event);
      const mark = plot && nearest(event, at);
      const left = `${(at - view.from) / view.span * 100}%`;
      cursors.forEach((cursor) => { cursor.hidden = false; cursor.style.left = left; });
      if (mark) {
        probe.textContent = `${words(mark.x - mark.cell / 2)} to ${words(mark.x + mark.cell / 2)}: `
          + `${mark.count} ${mark.outcome}${mark.node ? ` by ${mark.node}` : ""}, about ${words(mark.latency)}`;
        return;
      }
      const row = event.target.closest(".row-lane");
      const name = row && row.querySelector(".lane-data").dataset.node;
      const lane = lanes.find((one) => one.node === name);
      probe.textContent = words(at) + (lane ? `: ${lane.node}${stateAt(lane.states, at)}`
        + beliefAt(lane.believed, at, lane.clients) : "");
    };

    hide(cursors);
    hide(selections);
    figure.querySelector(".tools").hidden = false;
    figure.querySelector(".zoom-in").addEventListener("click", () => scale(0.5));
    figure.querySelector(".zoom-out").addEventListener("click", () => scale(2));
    figure.querySelector(".zoom-back").addEventListener("click", () => show(whole.from, whole.span));
    for (const bracket of figure.querySelectorAll(".bracket")) {
      const look = () => {
        const at = parseFloat(bracket.style.getPropertyValue("--t"));
        const long = Math.max(parseFloat(bracket.style.getPropertyValue("--w")), 1);
        show(at - long, 4 * long);
      };
      bracket.setAttribute("role", "button");
      bracket.setAttribute("aria-label", `${bracket.textContent}: look closer`);
      bracket.tabIndex = 0;
      bracket.addEventListener("click", look);
      bracket.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); look(); }
      });
    }
    figure.addEventListener("pointermove", (event) => {
      if (!event.target.closest(".track")) { hide(cursors); return; }
      tell(event);
      if (pressed !== null) {
        const low = Math.min(pressed, timeAt(event));
        const long = Math.abs(pressed - timeAt(event));
        selections.forEach((selection) => {
          selection.hidden = false;
          selection.style.left = `${(low - view.from) / view.span * 100}%`;
          selection.style.width = `${long / view.span * 100}%`;
        });
      }
    });
    figure.addEventListener("pointerleave", () => hide(cursors));
    figure.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && event.pointerType !== "touch" && event.target.closest(".track")
        && !event.target.closest(".bracket, .timeline details")) {
        pressed = timeAt(event);
        event.preventDefault();
      }
    });
    window.addEventListener("pointerup", (event) => {
      if (pressed === null) { return; }
      const low = Math.min(pressed, timeAt(event));
      const long = Math.abs(pressed - timeAt(event));
      pressed = null;
      hide(selections);
      if (long > view.span / 100) { show(low, long); }
    });
  };

  /* ---- Runs ---- */

  const runs = [...document.querySelectorAll("#timeline details.run")];
  const pick = (index) => {
    if (!runs.some((run) => run.dataset.run === index)) { return false; }
    document.querySelectorAll("details.run").forEach((run) => {
      run.hidden = run.dataset.run !== index;
      run.open = true;
    });
    document.querySelectorAll(".dot").forEach((dot) => {
      dot.classList.toggle("dot-picked", dot.dataset.run === index);
    });
    document.querySelector("#picker select").value = index;
    return true;
  };
  const picker = () => {
    const place = document.getElementById("picker");
    const label = make(place, "label", "", "Run ");
    const select = make(label, "select", "");
    for (const run of runs) {
      make(select, "option", "", run.querySelector("summary").textContent).value = run.dataset.run;
    }
    select.addEventListener("change", () => pick(select.value));
    place.hidden = false;
    document.querySelectorAll(".run-link, .dot").forEach((element) => {
      element.addEventListener("click", (event) => {
        event.preventDefault();
        if (pick(element.dataset.run)) { place.scrollIntoView({ block: "start" }); select.focus(); }
      });
    });
    pick(runs[0].dataset.run);
  };

  document.querySelectorAll(".timeline").forEach(timeline);
  if (runs.length > 1) { picker(); }
  document.querySelectorAll(".dot").forEach((dot) => {
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = dot.dataset.words;
    dot.append(title);
  });
})();
