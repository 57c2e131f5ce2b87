# Object storage: the tickets' PDFs, and what log1 sends away for the long time.

region        = "eu-north-1"
bucket_prefix = "harbourline-prod"

log_retention_days = 90

versioning         = true
pdf_retention_days = 400
harbours           = ["Sandvik", "Norhaven"]

tags = {
  service     = "storage"
  env         = "prod"
  owner       = "Bookings"
  cost-centre = "CC-2107"
}
