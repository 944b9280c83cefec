/**
 * The bucket in Azurite: the one suite, with the account's key and with a shared access signature.
 */
import { testBucket } from "../../../../conformance/bucket.ts";
import { azureStage } from "./stage.ts";

testBucket("Azure with a shared key", { start: () => azureStage("shared key") });
testBucket("Azure with a shared access signature", { start: () => azureStage("signature") });
