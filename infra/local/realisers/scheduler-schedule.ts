import type { Properties, Realiser } from "../realiser.ts";
import type { ScheduleService } from "../services/schedule-service.ts";

/** aws:scheduler/schedule:Schedule as a schedule on the local clock that runs its function. */
export function schedulerSchedule(schedules: ScheduleService): Realiser {
  const put = async ({ inputs }: { readonly inputs: Properties }): Promise<Properties> => {
    const arn = schedules.put(inputs);
    return { ...inputs, arn, groupName: "default", id: `default/${inputs.name}` };
  };
  return {
    types: ["aws:scheduler/schedule:Schedule"],
    replaceOn: ["name"],
    create: put,
    update: put,
    delete: async ({ outputs }) => schedules.delete(String(outputs.name)),
  };
}
