# What the area `storage` is made of. Its variables are in variables.tf, their values in envs/*/storage.tfvars.

# The tickets' PDFs: what a passenger shows at the ramp.
resource "aws_s3_bucket" "tickets" {
  bucket        = "${var.bucket_prefix}-ticket-pdfs"
  force_destroy = true

  tags = merge(var.tags, {
    service = "ticket-pdf"
    owner   = "Bookings"
  })
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

# Who is on board, for the harbour offices. Each list is written when its boat has left.
resource "aws_s3_bucket" "passenger_lists" {
  bucket = "${var.bucket_prefix}-passenger-lists"
}

resource "aws_s3_bucket_public_access_block" "passenger_lists" {
  bucket                  = aws_s3_bucket.passenger_lists.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "passenger_lists" {
  bucket = aws_s3_bucket.passenger_lists.id

  rule {
    id     = "after-the-sailing"
    status = "Enabled"

    filter {}

    expiration {
      days = 30
    }
  }
}
