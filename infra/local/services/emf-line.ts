/** Reads CloudWatch's embedded metric format. Source: CloudWatch user guide, "Embedded metric format specification". */
import { z } from "zod";

export interface EmfPoint {
  readonly namespace: string;
  readonly name: string;
  readonly unit?: string | undefined;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

const directive = z.object({
  Namespace: z.string(),
  Dimensions: z.array(z.array(z.string())),
  Metrics: z.array(z.object({ Name: z.string(), Unit: z.string().optional() })),
});
const root = z.looseObject({
  _aws: z.object({ Timestamp: z.number(), CloudWatchMetrics: z.array(directive) }),
});
type Root = z.infer<typeof root>;

/** The datapoints of a line; none for a line that is not in this format, as CloudWatch ignores those. */
export function emfPoints(line: string | object): readonly EmfPoint[] {
  const parsed = root.safeParse(typeof line === "string" ? parse(line) : line);
  if (!parsed.success) return [];
  return parsed.data._aws.CloudWatchMetrics.flatMap((entry) => pointsOf(parsed.data, entry));
}

function parse(line: string): unknown {
  if (!line.includes('"_aws"')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function pointsOf(data: Root, entry: z.infer<typeof directive>): EmfPoint[] {
  return entry.Dimensions.flatMap((names) => {
    const dimensions = Object.fromEntries(names.map((name) => [name, String(data[name])]));
    return entry.Metrics.map((metric) => ({
      namespace: entry.Namespace,
      name: metric.Name,
      unit: metric.Unit,
      dimensions,
      values: [data[metric.Name]].flat().filter((value) => typeof value === "number"),
      timestamp: data._aws.Timestamp,
    }));
  });
}
