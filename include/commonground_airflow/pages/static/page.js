// What the pages do beyond plain HTML. Nothing here is needed to read them.
(function () {
  // Airflow's frame may open no tabs: an outward link is clicked in the parent document instead.
  function clickInParent(link) {
    try {
      if (window.parent === window) return false;
      const page = window.parent.document;
      const twin = page.createElement("a");
      twin.href = link.href;
      twin.target = "_blank";
      twin.rel = "noopener noreferrer";
      page.body.appendChild(twin);
      twin.click();
      twin.remove();
      return true;
    } catch {
      return false;
    }
  }

  async function copy(button) {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      const text = button.parentElement.querySelector(".selectable");
      if (text) window.getSelection().selectAllChildren(text);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = before), 1500);
  }

  // A verdict goes to Airflow's own API, with the reader's own login: Airflow decides whether they may.
  async function judge(button) {
    const cell = button.closest(".judging");
    const status = cell.querySelector("[role=status]");
    const buttons = cell.querySelectorAll("button");
    for (const other of buttons) other.disabled = true;
    status.textContent = "…";
    try {
      const answer = await fetch("../api/v2/dags/judge_match/dagRuns", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ logical_date: null, conf: { ...JSON.parse(cell.dataset.conf), decision: button.dataset.judge } }),
      });
      if (answer.ok) status.textContent = `Sent: ${button.textContent.toLowerCase()}`;
      else if (answer.status === 401 || answer.status === 403) status.textContent = "Not sent: your login may not judge";
      else status.textContent = `Not sent: Airflow answers ${answer.status}`;
    } catch {
      status.textContent = "Not sent: Airflow does not answer";
    }
    for (const other of buttons) other.disabled = false;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-outward]");
    if (link && clickInParent(link)) event.preventDefault();
    const button = event.target.closest("button[data-copy]");
    if (button) copy(button);
    const verdict = event.target.closest("button[data-judge]");
    if (verdict) judge(verdict);
  });

  function move(step) {
    const names = [...document.querySelectorAll("table.list a.name")];
    if (!names.length) return;
    const at = names.indexOf(document.activeElement);
    names[Math.min(names.length - 1, Math.max(0, at < 0 ? 0 : at + step))].focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (!search) return;
      event.preventDefault();
      search.closest("details").open = true;
      search.focus();
      search.select();
    } else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
  });

  for (const time of document.querySelectorAll("time[data-local]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.title = time.textContent;
    time.textContent = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }

  if (window.matchMedia("(max-width: 640px)").matches) {
    for (const filters of document.querySelectorAll("details.filters")) filters.open = filters.querySelector(".chip") !== null;
  }
})();
