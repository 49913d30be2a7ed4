/**
 * Names of fields, in order of first sight, each found by its lower-case spelling. Sets that grow one
 * from the other, as they do from stage to stage, share what they have in common: a long query has
 * thousands of them.
 */
export class FieldNames {
  readonly #size: number;
  /** Names and where they stand; sets that grew from this one may have added more after its size. */
  readonly #names: string[];
  readonly #places: Map<string, number>;
  /** False for the set that a family of sets begins with: it may be in use for long. */
  readonly #shares: boolean;

  private constructor(names: string[], places: Map<string, number>, shares: boolean) {
    this.#names = names;
    this.#places = places;
    this.#size = names.length;
    this.#shares = shares;
  }

  static of(names: readonly string[]): FieldNames {
    const { spelled, places } = indexed(names);
    return new FieldNames(spelled, places, false);
  }

  has(key: string): boolean {
    return (this.#places.get(key) ?? this.#size) < this.#size;
  }

  /** The name as it is spelled. */
  get(key: string): string | undefined {
    return this.has(key) ? this.#names[this.#places.get(key)!] : undefined;
  }

  values(): readonly string[] {
    return this.#names.slice(0, this.#size);
  }

  /** These names and more; known ones keep their spelling. */
  with(more: readonly string[]): FieldNames {
    const added = more.filter((name) => !this.has(name.toLowerCase()));
    if (added.length === 0) return this;
    if (!this.#shares || this.#size < this.#names.length) {
      const { spelled, places } = indexed([...this.values(), ...added]);
      return new FieldNames(spelled, places, true);
    }
    addAll(added, this.#names, this.#places);
    return new FieldNames(this.#names, this.#places, true);
  }
}

function indexed(names: readonly string[]) {
  const spelled: string[] = [];
  const places = new Map<string, number>();
  addAll(names, spelled, places);
  return { spelled, places };
}

function addAll(names: readonly string[], spelled: string[], places: Map<string, number>): void {
  for (const name of names) {
    const key = name.toLowerCase();
    if (places.has(key)) continue;
    places.set(key, spelled.length);
    spelled.push(name);
  }
}
