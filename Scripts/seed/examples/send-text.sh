curl -X POST "$BASE/sessions/$SESSION/messages/send-text" \
  -H "X-API-Key: $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{ "chatId": "6281234567890@c.us", "text": "Hello from OpenWA!" }'
