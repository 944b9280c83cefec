/**
 * The formats that logs can be written in, by name.
 *
 * @module
 */
import { dailyFormat } from "./write_daily.ts";
import type { WrittenFormat, WrittenFormatName } from "./write_format.ts";
import { numberedFormat } from "./write_numbered.ts";
import { pidginHtmlFormat, pidginTextFormat } from "./write_pidgin.ts";

/** See the module's description. */
export const FORMATS: Readonly<Record<WrittenFormatName, WrittenFormat>> = {
  daily: dailyFormat,
  numbered: numberedFormat,
  "pidgin-text": pidginTextFormat,
  "pidgin-html": pidginHtmlFormat,
};
