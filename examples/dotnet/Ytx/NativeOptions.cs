// ytx_options as C lays it out, and the strings it points to.
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Ytx
{
    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeOptions
    {
        internal UIntPtr struct_size;
        internal IntPtr base_url;
        internal uint connect_timeout_ms;
        internal uint timeout_ms;
        internal uint max_retries;
        internal uint max_idle_connections;
        internal uint idle_timeout_ms;
        internal uint max_response_bytes;
        internal uint log_level;
        internal uint reserved;
        internal IntPtr proxy;
        internal IntPtr ca_file;
        internal IntPtr user_agent;
        internal IntPtr log;
        internal IntPtr log_user_data;
        internal IntPtr source_address;

        /// <summary>It may be used for as long as the strings and the log are kept.</summary>
        internal static NativeOptions Of(YtxOptions options, NativeLog log, NativeStrings strings)
        {
            return new NativeOptions
            {
                struct_size = (UIntPtr)Marshal.SizeOf(typeof(NativeOptions)),
                base_url = strings.Copy(options.BaseUrl),
                connect_timeout_ms = Milliseconds.Of(options.ConnectTimeout, nameof(options.ConnectTimeout)),
                timeout_ms = Milliseconds.Of(options.Timeout, nameof(options.Timeout)),
                max_retries = Count(options.MaxRetries, nameof(options.MaxRetries)),
                max_idle_connections = Count(options.MaxIdleConnections, nameof(options.MaxIdleConnections)),
                idle_timeout_ms = Milliseconds.Of(options.IdleTimeout, nameof(options.IdleTimeout)),
                max_response_bytes = Count(options.MaxResponseBytes, nameof(options.MaxResponseBytes)),
                log_level = (uint)options.LogLevel,
                reserved = 0,
                proxy = strings.Copy(options.Proxy),
                ca_file = strings.Copy(options.CaFile),
                user_agent = strings.Copy(options.UserAgent),
                log = Marshal.GetFunctionPointerForDelegate(log),
                log_user_data = IntPtr.Zero,
                source_address = strings.Copy(options.SourceAddress),
            };
        }

        private static uint Count(int number, string name)
        {
            if (number < 0) throw new ArgumentOutOfRangeException(name);
            return (uint)number;
        }
    }

    /// <summary>Copies of strings where C finds them, freed together.</summary>
    internal sealed class NativeStrings : IDisposable
    {
        private readonly List<IntPtr> copies = new List<IntPtr>();

        internal IntPtr Copy(string text)
        {
            byte[] bytes = Utf8.ToC(text);
            if (bytes == null) return IntPtr.Zero;
            IntPtr copy = Marshal.AllocHGlobal(bytes.Length);
            copies.Add(copy);
            Marshal.Copy(bytes, 0, copy, bytes.Length);
            return copy;
        }

        public void Dispose()
        {
            copies.ForEach(Marshal.FreeHGlobal);
            copies.Clear();
        }
    }
}
