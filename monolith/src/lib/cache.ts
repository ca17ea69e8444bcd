/**
 * Remembers what a loader returned, in this process only. After `ttlMs` the next reader still gets the old value while a
 * new one is being loaded: a second process, or a change made in the database, is noticed late.
 */
export class Cache<Value> {
  readonly #load: () => Promise<Value>;
  readonly #ttlMs: number;
  #value: Promise<Value> | undefined;
  #expiresAt = 0;

  constructor(ttlMs: number, load: () => Promise<Value>) {
    this.#ttlMs = ttlMs;
    this.#load = load;
  }

  get(): Promise<Value> {
    const known = this.#value;
    if (known !== undefined && Date.now() < this.#expiresAt) return known;
    this.#expiresAt = Date.now() + this.#ttlMs;
    const loading = this.#load();
    if (known === undefined) this.#value = loading;
    loading.then(
      () => (this.#value = loading),
      () => this.#keep(known),
    );
    return known ?? loading;
  }

  forget(): void {
    this.#value = undefined;
    this.#expiresAt = 0;
  }

  // A failure is not worth remembering; an old value is better than none.
  #keep(known: Promise<Value> | undefined): void {
    this.#value = known;
    this.#expiresAt = 0;
  }
}
