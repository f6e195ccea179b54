import { OpenWAClient } from "@rmyndharis/openwa";

const client = new OpenWAClient({
  baseUrl: "http://localhost:2785",
  apiKey: process.env.OPENWA_API_KEY!,
});

const result = await client.messages.sendText("my-session", {
  chatId: "6281234567890@c.us",
  text: "Hello from the OpenWA SDK!",
});

console.log(result.messageId);
