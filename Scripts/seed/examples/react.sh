curl -X POST "$BASE/sessions/$SESSION/messages/react" \
  -H "X-API-Key: $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "chatId": "6281234567890@c.us",
    "messageId": "true_6281234567890@c.us_3EB0ABCD",
    "emoji": "👍"
  }'
