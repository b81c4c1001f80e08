// Nothing is imported at the top: a message that comes early would find no listener.
onmessage = async ({ data: url }) => {
  const [{ Aircher, AircherError }, { scenario }] = await Promise.all([import("aircher-llm"), import("./scenario.mjs")]);
  postMessage(await scenario({ Aircher, AircherError }, url));
};
