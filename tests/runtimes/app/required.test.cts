// The same types for CommonJS.
import { Aircher, AircherError } from "aircher-llm";

export async function main(): Promise<string> {
  const llm = await Aircher.create();
  const { message } = await llm.chat({ messages: [{ role: "user", content: "Hello" }] });
  return AircherError.is(message) ? "" : message.content;
}
