/**
 * Opens the catalog, or makes it again when it is not to be trusted.
 *
 * @module
 */
import type { Logger } from "../log.ts";
import { Catalog, type CatalogReading, readCatalog } from "./catalog.ts";
import { CatalogState } from "./catalog_state.ts";
import { type Layout, listJournals, listNames } from "./layout.ts";
import { rebuildCatalog, type RebuildOptions } from "./rebuild.ts";

/** A catalog, and whether it was just begun. */
export interface OpenedCatalog {
  readonly catalog: Catalog;
  readonly origin: "new" | "old";
}

/** How {@linkcode openCatalog} works. */
export interface CatalogOpening extends RebuildOptions {
  readonly logger: Logger;
  /** Called before offsets change. */
  readonly renumber: () => Promise<void>;
}

/** See the module's description. */
export async function openCatalog(options: CatalogOpening): Promise<OpenedCatalog> {
  const { layout, logger } = options;
  const path = layout.catalog;
  const reading = await readCatalog(path);
  const fault = await faultOf(layout, reading);
  if (fault === undefined && "state" in reading) {
    return { catalog: Catalog.continue(path, reading.state, reading.length), origin: "old" };
  }
  if (fault === "new") {
    return { catalog: await Catalog.create(path, new CatalogState()), origin: "new" };
  }
  logger.error("The catalog of the history is {fault} and is made again", { fault });
  const state = await rebuildCatalog(options);
  await options.renumber();
  return { catalog: await Catalog.create(path, state), origin: "old" };
}

async function faultOf(layout: Layout, reading: CatalogReading): Promise<string | undefined> {
  const [lowest] = await listJournals(layout);
  if ("state" in reading) {
    // Journal files are removed only after the catalog has taken note of them.
    const isBehind = lowest !== undefined && lowest > reading.state.sealed + 1;
    return isBehind ? "incomplete" : undefined;
  }
  const isEmpty = (await listNames(layout.rooms)).length === 0;
  return reading.fault === "missing" && isEmpty && (lowest ?? 1) === 1 ? "new" : reading.fault;
}
