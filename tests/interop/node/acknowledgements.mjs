// What a server waits for: each `acknowledged()` is settled by an `acknowledge()` of its own, in their order.
export function acknowledgements() {
  let made = 0;
  let awaited = 0;
  let settle = () => {};
  return {
    acknowledge() {
      made += 1;
      settle();
    },
    async acknowledged() {
      awaited += 1;
      while (made < awaited) await new Promise((resolve) => { settle = resolve; });
    },
  };
}
