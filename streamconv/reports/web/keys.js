// The keys of the page; its help names them.

/** Let the keyboard work the panel. */
export function listenToKeys(panel) {
  const { filter, grid: listElement, help, pane } = panel.at;
  const { grid, details } = panel;

  const leave = () => {
    if (listElement.contains(document.activeElement) || document.activeElement === filter) {
      filter.value = "";
      panel.filter();
    }
    listElement.focus();
  };
  const seek = (step) => grid.seek(step, (row) => filter.value !== "" || row.problems !== undefined);

  const whileTyping = {
    Escape: leave,
    Enter: () => listElement.focus(),
    ArrowDown: () => {
      listElement.focus();
      grid.move(1);
    },
  };
  const inList = {
    ArrowDown: () => grid.move(1),
    ArrowUp: () => grid.move(-1),
    PageDown: () => grid.move(grid.list.page),
    PageUp: () => grid.move(-grid.list.page),
    Home: () => grid.moveTo(0),
    End: () => grid.moveTo(Infinity),
    Enter: () =>
      (pane.querySelector("[role=treeitem]") ?? pane.querySelector("[role=tab][aria-selected=true]") ?? pane).focus(),
  };
  const everywhere = {
    "/": () => filter.select(),
    n: () => seek(1),
    p: () => seek(-1),
    "?": () => help.showModal(),
    "[": () => panel.turn(-1),
    "]": () => panel.turn(1),
    t: () => panel.switchTheme(),
    c: () => panel.copyRows([grid.selected], "data"),
    1: () => details.open("json"),
    2: () => details.open("text"),
    3: () => details.open("raw"),
    4: () => details.open("bytes"),
    Escape: leave,
  };

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.altKey || event.ctrlKey || event.metaKey || help.open || !panel.capture) return;
    if (target.closest("select") || (key === "Enter" && target.closest("button"))) return;
    const isOfList = listElement.contains(target) || target === document.body;
    const act = target === filter ? whileTyping[key] : (isOfList && inList[key]) || everywhere[key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
