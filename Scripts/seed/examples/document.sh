curl -X POST "$BASE/sessions/$SESSION/messages/send-document" \
  -H "X-API-Key: $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "chatId": "6281234567890@c.us",
    "url": "https://example.com/report.pdf",
    "filename": "report.pdf",
    "mimetype": "application/pdf"
  }'
