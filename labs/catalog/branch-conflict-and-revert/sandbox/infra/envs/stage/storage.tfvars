# Object storage: the tickets' PDFs, and what log1 sends away for the long time.

region        = "eu-north-1"
bucket_prefix = "harbourline-stage"

log_retention_days = 90

versioning         = true
pdf_retention_days = 400
harbours           = ["Sandvik", "Norhaven", "Kelpness", "Ostrand"]

tags = {
  service     = "storage"
  env         = "stage"
  owner       = "Bookings"
  cost-centre = "CC-2107"
}
