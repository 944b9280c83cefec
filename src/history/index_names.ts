import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Names whose numbers are remembered. */
const REMEMBERED = 20_000;

/** Numbers for the names of rooms or actors: tables keep numbers, names stand in them once. */
export class IndexNames {
  readonly #known = new Map<string, number>();
  readonly #find: StatementSync;
  readonly #add: StatementSync;

  constructor(db: DatabaseSync, table: "rooms" | "actors") {
    this.#find = db.prepare(`SELECT id FROM ${table} WHERE name = ?`);
    this.#add = db.prepare(`INSERT INTO ${table} (name) VALUES (?)`);
  }

  /** The number of a name; a new name gets one. */
  number(name: string): number {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const number = Number(this.#find.get(name)?.["id"] ?? this.#add.run(name).lastInsertRowid);
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(name, number);
    return number;
  }
}
