/** What others and the server learn of whether somebody is at the keyboard. */
import assert from "node:assert/strict";
import { OwnAttendance } from "../../../src/commands/xmpp/attendance.ts";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import { presence, type Show } from "../../../src/transports/xmpp/features/presence.ts";
import { FeatureStage } from "../../harness/feature_stage.ts";
import { test } from "../../harness/test.ts";

/** What was said since the last call: states of presence, and of the client. */
function said(stage: FeatureStage): readonly string[] {
  return stage.posted.splice(0).map((element) =>
    element.name === "presence"
      ? [element.getChildText("show") ?? "available", element.getChildText("status")]
        .filter((text) => text !== null).join(" ")
      : element.name
  );
}

test("attendance: away while nobody is there, and then as before", () => {
  const stage = new FeatureStage(FEATURES);
  const attendance = new OwnAttendance(stage);
  stage.use(presence).set({ show: "chat", status: "writing" });
  attendance.present();
  assert.deepEqual(said(stage), ["chat writing"]);
  attendance.absent();
  assert.deepEqual(said(stage), ["inactive", "away writing"]);
  attendance.absent();
  assert.deepEqual(said(stage), []);
  attendance.present();
  assert.deepEqual(said(stage), ["active", "chat writing"]);
  attendance.present();
  assert.deepEqual(said(stage), []);
});

for (const show of ["away", "xa", "dnd"] satisfies readonly Show[]) {
  test(`attendance: who has said ${show} stays so`, () => {
    const stage = new FeatureStage(FEATURES);
    const attendance = new OwnAttendance(stage);
    stage.use(presence).set({ show });
    said(stage);
    attendance.absent();
    attendance.present();
    assert.deepEqual(said(stage), ["inactive", "active"]);
  });
}

test("attendance: what is said meanwhile from elsewhere is not taken back", () => {
  const stage = new FeatureStage(FEATURES);
  const attendance = new OwnAttendance(stage);
  attendance.absent();
  stage.use(presence).set({ show: "dnd", status: "in a meeting" });
  said(stage);
  attendance.present();
  assert.deepEqual(said(stage), ["active"]);
});
