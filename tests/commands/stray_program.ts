/** Throws where nobody catches, in both ways there are, and goes on. */
import { configureSync } from "@logtape/logtape";
import { surviveStrayErrors } from "../../src/commands/stray_errors.ts";
import { getLogger } from "../../src/log.ts";

configureSync({
  sinks: { out: (record) => console.log(record.level, String(record.properties["error"])) },
  loggers: [
    { category: [], sinks: ["out"] },
    { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
  ],
});
const letFall = surviveStrayErrors(getLogger(["test"]));
void Promise.reject(new Error("rejected"));
setTimeout(() => {
  throw new Error("thrown");
}, 0);
setTimeout(() => {
  letFall();
  console.log("still here");
  void Promise.reject(new Error("the end"));
}, 50);
