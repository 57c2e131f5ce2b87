# What the area `storage` is made of. Its variables are in variables.tf, their values in envs/*/storage.tfvars.

# The tickets' PDFs: what a passenger shows at the ramp.
resource "aws_s3_bucket" "tickets" {
  bucket        = "${var.bucket_prefix}-tickets"
  force_destroy = true

  tags = merge(var.tags, {
    service = "ticket-pdf"
    owner   = "Bookings"
  })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "tickets" {
  bucket = aws_s3_bucket.tickets.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "tickets" {
  bucket                  = aws_s3_bucket.tickets.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
