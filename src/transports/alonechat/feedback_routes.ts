import { Hono } from "hono";
import type { AloneEnv, AloneParts } from "./env.ts";
import { FEEDBACK_LIMITS } from "./feedback.ts";
import { readFields, requireTexts } from "./fields.ts";
import { admin, signedIn } from "./identity.ts";
import { refuse, reply } from "./reply.ts";

/** Feedback of users, answered by admins. */
export function feedbackRoutes(parts: AloneParts): Hono<AloneEnv> {
  const { feedbacks } = parts;
  const routes = new Hono<AloneEnv>();
  routes.post(
    "/api/feedback/submit",
    signedIn(parts, async (context, who) => {
      const checked = requireTexts(await readFields(context), "content");
      if ("faults" in checked) return refuse(context, 422, checked.faults);
      const content = checked.texts.content.toWellFormed();
      if (content.trim() === "") return refuse(context, 400, "Missing content");
      if (content.length > FEEDBACK_LIMITS.content) return refuse(context, 400, tooLong("content"));
      const { id } = await feedbacks.submit(who.name, content);
      const message = "Feedback submitted successfully";
      return reply(context, 200, { success: true, message, feedback_id: id });
    }),
  );
  routes.get(
    "/api/feedback/my-feedback",
    signedIn(
      parts,
      (context, who) => reply(context, 200, { success: true, feedbacks: feedbacks.list(who.name) }),
    ),
  );
  routes.get(
    "/api/admin/feedbacks",
    admin(parts, (context) => reply(context, 200, { success: true, feedbacks: feedbacks.list() })),
  );
  routes.post(
    "/api/admin/feedback/reply",
    admin(parts, async (context) => {
      const checked = requireTexts(await readFields(context), "feedback_id", "status", "reply");
      if ("faults" in checked) return refuse(context, 422, checked.faults);
      const { feedback_id: id, status, reply: text } = checked.texts;
      if (status.length > FEEDBACK_LIMITS.status) return refuse(context, 400, tooLong("status"));
      if (text.length > FEEDBACK_LIMITS.content) return refuse(context, 400, tooLong("reply"));
      const answered = await feedbacks.answer(id, status.toWellFormed(), text.toWellFormed());
      if (answered === undefined) return refuse(context, 404, "Feedback not found");
      const message = "Feedback reply submitted successfully";
      return reply(context, 200, { success: true, message, feedback_id: id });
    }),
  );
  return routes;
}

function tooLong(field: "content" | "status" | "reply"): string {
  return `Field ${field} is too long`;
}
