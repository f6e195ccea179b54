curl -X POST "$BASE/sessions/$SESSION/messages/send-audio" \
  -H "X-API-Key: $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "chatId": "6281234567890@c.us",
    "url": "https://example.com/voice.ogg",
    "mimetype": "audio/ogg"
  }'
