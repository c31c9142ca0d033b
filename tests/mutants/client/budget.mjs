// How much may be done again: at most a share of what callers asked for in the last ten seconds, and a floor.

const WINDOW_S = 10;

export class Budget {
  // share: null, all is allowed. floor: within the window.
  constructor(share, floor) {
    this.share = share;
    this.floor = floor;
    this.asked = new Array(WINDOW_S).fill(0);
    this.spent = new Array(WINDOW_S).fill(0);
    this.second = 0;
  }

  #turn() {
    const second = Math.floor(performance.now() / 1000);
    for (let steps = Math.min(second - this.second, WINDOW_S); steps > 0; steps--) {
      this.asked[(second - steps + 1) % WINDOW_S] = 0;
      this.spent[(second - steps + 1) % WINDOW_S] = 0;
    }
    this.second = second;
    return second % WINDOW_S;
  }

  ask() {
    this.asked[this.#turn()]++;
  }

  // True, and it is spent, if one more is within the budget.
  spend() {
    const slot = this.#turn();
    const sum = (list) => list.reduce((a, b) => a + b, 0);
    if (this.share !== null && sum(this.spent) >= Math.max(this.floor, this.share * sum(this.asked))) {
      return false;
    }
    this.spent[slot]++;
    return true;
  }
}
