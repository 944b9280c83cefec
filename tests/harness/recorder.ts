/** Everything that a stream has given so far. */
export class Recorder {
  text = "";
  readonly done: Promise<void>;
  #changed = Promise.withResolvers<void>();

  constructor(stream: ReadableStream<Uint8Array>) {
    this.done = this.#read(stream);
  }

  /** Resolves with the first match; undefined when the stream ends without one. */
  async find(pattern: RegExp): Promise<RegExpExecArray | undefined> {
    let ended = false;
    void this.done.then(() => ended = true);
    for (;;) {
      const match = pattern.exec(this.text);
      if (match !== null) return match;
      if (ended) return undefined;
      await Promise.race([this.#changed.promise, this.done]);
    }
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.text += decoder.decode(chunk, { stream: true });
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }
}
