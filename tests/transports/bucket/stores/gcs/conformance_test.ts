/** The one suite on Google's XML API, as far as the test server is like it. */
import { testBucket } from "../../../../conformance/bucket.ts";
import { googleStage } from "./stage.ts";

testBucket("Google with an HMAC key", { start: () => googleStage("hmac") });
testBucket("Google with a service account", { start: () => googleStage("service_account") });
