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

/** A catalog, and whether it is the one that was there. `rebuilt`: offsets have changed. */
export interface OpenedCatalog {
  readonly catalog: Catalog;
  readonly origin: "new" | "read" | "rebuilt";
}

/** See the module's description. */
export async function openCatalog(
  options: RebuildOptions & { readonly logger: Logger },
): Promise<OpenedCatalog> {
  const { layout, logger } = options;
  const path = layout.catalog;
  const reading = await readCatalog(path);
  const fault = await faultOf(layout, reading);
  if (fault === undefined && "state" in reading) {
    return { catalog: Catalog.continue(path, reading.state, reading.length), origin: "read" };
  }
  if (fault === "new") {
    return { catalog: await Catalog.create(path, new CatalogState()), origin: "new" };
  }
  logger.error("The catalog of the history is {fault} and is made again", { fault });
  const catalog = await Catalog.create(path, await rebuildCatalog(options));
  return { catalog, origin: "rebuilt" };
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
