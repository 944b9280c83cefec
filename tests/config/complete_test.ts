import assert from "node:assert/strict";
import { completeSettings } from "../../src/config/complete.ts";
import { SettingsError } from "../../src/config/faults.ts";
import { KEYS } from "../../src/config/schema.ts";
import { Secret } from "../../src/config/secret.ts";
import { test } from "../harness/test.ts";

test("some settings are completed with the defaults, derived ones included", () => {
  const settings = completeSettings({ data: "/srv/chat", host: "127.0.0.1" });
  assert.equal(settings.registration, "open");
  assert.equal(settings.logDir, "/srv/chat/logs");
  assert.equal(settings.port, 8765);
  assert.deepEqual(Object.keys(settings), KEYS);
});

test("completed settings complete to themselves", () => {
  const settings = completeSettings({
    data: "/srv/chat",
    jwtSecret: new Secret("a secret of at least thirty-two bytes"),
    retention: 90 * 86_400_000,
    messageRate: "off",
    trustedProxies: ["10.0.0.0/8"],
  });
  assert.deepEqual(completeSettings(settings), settings);
  assert.equal(settings.jwtSecret?.reveal(), "a secret of at least thirty-two bytes");
});

test("relative paths start at the working directory", () => {
  assert.equal(completeSettings({ data: "chat" }).data, `${Deno.cwd()}/chat`);
});

test("values out of range and contradictions are refused, all at once", () => {
  const attempt = () => completeSettings({ data: "/srv/chat", port: 70_000, maxConnections: 0 });
  assert.throws(attempt, (error) => {
    assert.ok(error instanceof SettingsError);
    assert.equal(error.faults.length, 2);
    return true;
  });
  assert.throws(() => completeSettings({ data: "/srv/chat", tlsCert: "/cert.pem" }), SettingsError);
});
