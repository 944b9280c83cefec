/**
 * What happened and was not looked at yet, for one reader. Full means that no more should come until
 * the reader has caught up; what comes nevertheless is kept.
 */
export class EventQueue<Item> implements AsyncIterableIterator<Item> {
  readonly #most: number;
  readonly #drained: () => void;
  #items: Item[] = [];
  #head = 0;
  #full = false;
  #ended = false;
  #readers: ((result: IteratorResult<Item>) => void)[] = [];

  /** @param drained called when a full queue is half empty again */
  constructor(most: number, drained: () => void) {
    this.#most = most;
    this.#drained = drained;
  }

  /** True from the moment at which too much waits until half of it was taken. */
  get isFull(): boolean {
    return this.#full;
  }

  push(item: Item): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) return reader({ done: false, value: item });
    this.#items.push(item);
    if (this.#items.length - this.#head >= this.#most) this.#full = true;
  }

  /** Nothing more comes; what waits can still be taken. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<Item>> {
    const waiting = this.#items.length - this.#head;
    if (waiting === 0) {
      if (this.#ended) return Promise.resolve({ done: true, value: undefined });
      return new Promise((resolve) => this.#readers.push(resolve));
    }
    const value = this.#items[this.#head] as Item;
    this.#head += 1;
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    if (this.#full && waiting - 1 <= this.#most / 2) {
      this.#full = false;
      this.#drained();
    }
    return Promise.resolve({ done: false, value });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Item> {
    return this;
  }
}
