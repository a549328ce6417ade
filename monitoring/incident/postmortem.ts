import { incidentFolder } from "./incident-folder.ts";
import {
  data,
  exposed,
  failures,
  links,
  minutes,
  type PostmortemContext,
  people,
  questions,
  stamps,
  steps,
  summary,
  table,
} from "./postmortem-sections.ts";
import { timelineOf } from "./postmortem-timeline.ts";

const sections = [
  ["In short", summary],
  [
    "Timeline",
    ({ file }: PostmortemContext) =>
      table(
        ["Time (UTC)", "What", "Source"],
        timelineOf(file).map(({ at, source, what }) => [at, what, source]),
      ),
  ],
  ["What the rollback did", steps],
  ["Exposure", exposed],
  ["Data affected", data],
  ["Minute by minute", minutes],
  ["Failures in the log", failures],
  ["Who was told", people],
  ["What ran", stamps],
  ["Links", links],
  ["Open questions", questions],
] as const;

/** The draft of a postmortem as Markdown: everything in it comes from the record, the rest is left to be answered. */
export function postmortemOf(context: PostmortemContext): string {
  const { incident, parts } = context.file;
  const { cause = "cause not recorded", environment = "Part Lens" } = parts.run ?? {};
  const drill = parts.run?.mode === "drill" ? "Fire drill, " : "";
  return [
    `# ${drill}${environment}: ${cause}, ${incident}`,
    "",
    `Draft, written by the rollback from its record, which lies beside it: \`${incidentFolder(incident)}\` of the evidence bucket.`,
    ...sections.flatMap(([title, render]) => ["", `## ${title}`, "", ...render(context)]),
    "",
  ].join("\n");
}
